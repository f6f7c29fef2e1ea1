"""The paths of todo, below /api/."""

from django.urls import path

from tasktracker.dialects.todo.views import profile, projects, sections, tags, todos, users

urlpatterns = [
    # --- v1: the account ------------------------------------------------------------------------------------
    path("v1/user/signup/send-otp", users.SendOtp.as_view(), name="todo_send_otp"),
    path("v1/user/signup/verify", users.Verify.as_view(), name="todo_verify"),
    path("v1/user/signin", users.SignIn.as_view(), name="todo_sign_in"),
    path("v1/user/logout", users.LogOut.as_view(), name="todo_log_out"),
    path("v1/auth-check", users.AuthCheck.as_view(), name="todo_auth_check"),
    path("v1/user/profile", profile.Profile.as_view(), name="todo_profile"),
    path("v1/user/pictures/<str:name>", profile.Picture.as_view(), name="todo_picture"),
    path("v1/user/name", profile.Name.as_view(), name="todo_name"),
    path("v1/user/password", profile.Password.as_view(), name="todo_password"),
    path("v1/user/user-preferences", profile.UserPreferences.as_view(), name="todo_preferences"),
    # --- v2: what there is to do ----------------------------------------------------------------------------
    path("v2/todo", todos.Todos.as_view(), name="todo_list"),
    path("v2/todo/bulk", todos.BulkTodos.as_view(), name="todo_bulk"),
    path("v2/todo/search", todos.Search.as_view(), name="todo_search"),
    path("v2/todo/<str:todo_id>", todos.Todo.as_view(), name="todo"),
    path("v2/projects", projects.Projects.as_view(), name="todo_projects"),
    path("v2/projects/inbox", projects.Inbox.as_view(), name="todo_inbox"),
    path("v2/projects/personal", projects.Personal.as_view(), name="todo_personal_projects"),
    path("v2/projects/<str:project_id>", projects.Project.as_view(), name="todo_project"),
    path("v2/projects/<str:project_id>/sections", sections.Sections.as_view(), name="todo_sections"),
    path(
        "v2/projects/<str:project_id>/sections/<str:section_id>",
        sections.Section.as_view(),
        name="todo_section",
    ),
    path("v2/tag", tags.Tags.as_view(), name="todo_tags"),
    path("v2/tag/count", tags.TagCount.as_view(), name="todo_tag_count"),
    path("v2/tag/bulk", tags.BulkTags.as_view(), name="todo_tag_bulk"),
    path("v2/tag/<str:tag_id>", tags.Tag.as_view(), name="todo_tag"),
]
