"""From a due delivery to what became of it: claimed, signed, sent, judged, written down. It knows the tables alone."""
