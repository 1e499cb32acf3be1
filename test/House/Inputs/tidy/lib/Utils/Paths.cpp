const char *home = "/root/project";
auto ok = "${TMPDIR:-/tmp}/x";
