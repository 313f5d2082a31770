"""Published data sets, a file each: where one lies and how it is read."""
