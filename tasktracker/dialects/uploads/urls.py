"""The one path of uploads."""

from django.urls import path

from tasktracker.dialects.uploads.views import Uploads

urlpatterns = [path("uploads", Uploads.as_view(), name="uploads")]
