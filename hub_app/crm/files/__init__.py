"""Files of CRMs as sources of records: what their columns hold, and what each row says of a client or a project."""
