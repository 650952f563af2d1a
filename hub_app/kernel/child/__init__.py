"""Child processes for work that might not end: `main` is their side, `process` is Hub's, `frames` is what both speak.

A child imports nothing of Hub but what it works with: it starts in milliseconds and knows no settings and no secrets.
"""
