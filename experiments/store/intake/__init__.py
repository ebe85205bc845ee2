"""Imports of files as they are kept: runs, refused rows, mappings."""
