"""Data from anywhere into a Dataset: read, map, clean, check, encode, keep."""
