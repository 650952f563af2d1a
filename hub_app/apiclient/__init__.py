"""Calling other people's REST APIs: all that lies between the guarded client and whoever knows the API."""
