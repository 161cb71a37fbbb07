"""The plan file: text to values and back."""
