package rest

import "log/slog"

// levels are those of Connect's logging library, from the most important on.
var levels = []struct {
	name  string
	level slog.Level
}{{"WARN", slog.LevelWarn}, {"INFO", slog.LevelInfo}, {"DEBUG", slog.LevelDebug}}
