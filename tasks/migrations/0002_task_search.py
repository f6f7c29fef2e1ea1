from unicodedata import normalize

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fold_texts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    tasks = apps.get_model("tasks", "Task").objects.filter(search_text="")
    for task in tasks.only("title", "description").iterator(chunk_size=500):
        texts = [
            normalize("NFC", normalize("NFD", text).casefold()) for text in (task.title, task.description)
        ]
        tasks.filter(pk=task.pk).update(search_text="\n".join(texts))


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_tasks")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="search_text",
            field=models.TextField(blank=True, db_default="", editable=False),
        ),
        migrations.RunPython(fold_texts, migrations.RunPython.noop),
    ]
