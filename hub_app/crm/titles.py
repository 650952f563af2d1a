"""What jobs of syncing and the kinds of records are called, and how the top bar says how they stand. Pure."""

TITLES = {
    "full_import": "Full import",
    "incremental_sync": "Sync",
    "export_to_crm": "Export",
    "field_mapping_update": "Mapping update",
    "undo": "Undo",
    "check": "Check",
    "retry": "Retry of quarantined records",
    "deletions": "Marking of deletions",
    "merge": "Linking of exact matches",
}


def title_of(job_type: str, *, dry_run: bool) -> str:
    """`Full import`, or `Preview of a full import`. A type that this version does not know is called by its name."""
    title = TITLES.get(job_type, job_type)
    if not dry_run:
        return title
    article = "an" if title[0] in "EIU" else "a"
    return f"Preview of {article} {title[0].lower()}{title[1:]}"


def kind_of(resource: str) -> str:
    """What records of a resource are called: `Clients`, or `Clients from files` beside those that the CRM's API gives."""
    words = resource.removesuffix("_file").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}{' from files' if resource.endswith('_file') else ''}"
