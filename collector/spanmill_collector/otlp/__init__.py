"""What a request is: its signals, how it is checked, and how other encodings become the one that is stored."""
