"""`spanmill doctor --app`: what of the applications in this Python environment is recorded, and where it goes."""
