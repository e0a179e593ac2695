"""Who may send what: keys, and the project that each one stands for."""
