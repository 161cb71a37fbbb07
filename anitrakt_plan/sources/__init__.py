"""The list services and export formats that a list can come from."""
