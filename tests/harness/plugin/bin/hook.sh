# Writes down who it is and what it sees, and tries to write where a session may not.
{
  id -u
  touch "$CLAUDE_PLUGIN_ROOT/written" && echo 'the plugin is writable'
  touch /usr/written /opt/written && echo 'the system is writable'
  ls /proc | grep -c '^[0-9]'
} > /workspace/hooked 2>&1
