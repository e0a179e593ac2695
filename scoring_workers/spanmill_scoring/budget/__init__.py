"""What judges may cost: caps that hold, and sampling that gives way before they are reached."""
