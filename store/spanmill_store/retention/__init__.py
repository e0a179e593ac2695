"""How long rows are kept, per project and kind, and their removal when the time has come."""
