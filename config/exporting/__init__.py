"""The whole site as files, and single things as files to keep."""
