"""The figures of a report: each takes plain data and a sheet, and returns a figure."""
