"""The paths of todo, below /api/."""

from django.urls import path

from tasktracker.dialects.todo.views import profile, users

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
]
