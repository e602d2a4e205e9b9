package kafka

import (
	"os"

	"golang.org/x/sys/unix"
)

// groupsCommits says that many writers share one sync: kfake then leaves syncing to us.
const groupsCommits = true

// syncFileSystem puts all that was written to the file system of an open directory on disk. Since Linux 5.8 it tells of
// every write that failed since the directory was opened (syncfs(2)), those of kfake's files too, whose errors of fsync
// kfake drops.
func syncFileSystem(dir *os.File) error { return unix.Syncfs(int(dir.Fd())) }
