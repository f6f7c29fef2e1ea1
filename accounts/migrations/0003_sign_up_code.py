"""One-time codes for sign-up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_project_deleted_at")]

    operations = [
        migrations.CreateModel(
            name="SignUpCode",
            fields=[
                ("email_digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("code_digest", models.CharField(max_length=64)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
        )
    ]
