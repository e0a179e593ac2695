"""Taking rows away for good, exactly and to the end: what retention and `spanmill store forget` share."""
