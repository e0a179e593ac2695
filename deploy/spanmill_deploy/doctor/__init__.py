"""The doctor: questions to a running installation, each with an answer that says what to do."""
