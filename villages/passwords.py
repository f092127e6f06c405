"""Password rules whose messages are in the portal's own words."""

from django.contrib.auth.password_validation import MinimumLengthValidator


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return f"密码至少 {self.min_length} 个字符"

    def get_help_text(self) -> str:
        return self.get_error_message()
