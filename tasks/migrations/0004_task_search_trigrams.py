from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Let PostgreSQL find a part of a text by its trigrams. Without them, and on SQLite, it reads the rows."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone() is None:
            return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    schema_editor.execute(
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS task_search_trigrams ON tasks_task"
        " USING gin (search_text gin_trgm_ops) WHERE deleted_at IS NULL"
    )


def drop_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS task_search_trigrams")


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY: nobody waits while it is made

    dependencies = [("tasks", "0003_agendas_sections_tags")]

    operations = [migrations.RunPython(make_index, drop_index)]
