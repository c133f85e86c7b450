"""An organization as it is configured: values and look-ups, no files and no sockets."""
