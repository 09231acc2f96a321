"""The report: what the warehouse says of the days, as one HTML page."""
