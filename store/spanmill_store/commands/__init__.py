"""The store's commands, a module each."""
