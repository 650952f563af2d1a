"""Row level security on PostgreSQL: the wall under the wall (docs/decisions/0002).

Every table with a `tenant_id` has forced policies: the role `hub_app` sees and writes the rows of the tenant named by
the transaction-local setting `hub.tenant_id`; the role `hub_system` all of them. `kernel/db.py` takes one of the
two for each transaction, so that one DATABASE_URL, even a superuser's, is confined.
"""

APP = "hub_app"
SYSTEM = "hub_system"
_OWN = "tenant_id = nullif(current_setting('hub.tenant_id', true), '')::uuid"

# A role is shared by all databases of a server: another one may just be creating it.
CREATE_ROLES = tuple(
    f"do $$ begin create role {role} nologin nosuperuser nobypassrls; "
    "exception when duplicate_object or unique_violation then null; end $$"
    for role in (APP, SYSTEM)
)
GRANT_ROLES = (
    (
        "do $$ begin execute format('grant hub_app, hub_system to %I with inherit false, set true', current_user); "
        "exception when others then if not pg_has_role(current_user, 'hub_app', 'SET') then raise; end if; end $$"
    ),
)


def protect(table: str) -> tuple[str, ...]:
    """The statements that put `table`, which has a tenant_id, under its policies."""
    return (
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy tenant on {table} to {APP} using ({_OWN})",
        f"create policy system on {table} to {SYSTEM} using (true) with check (true)",
        *grant(table),
    )


def grant(table: str) -> tuple[str, ...]:
    """The statements that let both roles use a table that belongs to no tenant."""
    return (f"grant select, insert, update, delete on {table} to {APP}, {SYSTEM}",)
