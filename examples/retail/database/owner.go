package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is who the server runs as: the user, or, as PostgreSQL refuses to be root, one that is not.
type owner struct {
	name       string
	credential *syscall.Credential // nil: the user
}

func newOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUser := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGroup := strconv.ParseUint(u.Gid, 10, 32)
		if errUser == nil && errGroup == nil && uid != 0 {
			return owner{name, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return owner{}, fmt.Errorf("PostgreSQL refuses to run as root, and there is no user postgres or nobody; start as another user")
}

// command is a program that runs as the owner, in a group of its own: Ctrl-C reaches it only through who waits for it.
func (o owner) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:noctx // it is ended in order, by signals
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.credential, Setpgid: true}
	return cmd
}

// folder makes the server's folder, which is its owner's alone. Where a folder above keeps the owner out, as /root does,
// it lies in /var/tmp instead.
func (o owner) folder(home string) (string, error) {
	if o.credential == nil {
		return home, os.MkdirAll(filepath.Join(home, "data"), 0o700)
	}
	if err := os.Chmod(filepath.Dir(home), 0o711); err != nil { //nolint:gosec // others may pass through .weft, and see nothing
		return "", err
	}
	if err := os.Chmod(home, 0o711); err != nil { //nolint:gosec // as above
		return "", err
	}
	if o.command("/", "/bin/sh", "-c", `cd "$1"`, "sh", home).Run() == nil {
		return home, o.own(filepath.Join(home, "data"))
	}
	elsewhere := fmt.Sprintf("/var/tmp/weft-postgres-%x", sha256.Sum256([]byte(home)))[:40]
	return elsewhere, o.own(elsewhere, filepath.Join(elsewhere, "data"))
}

// own makes folders that are the owner's, and refuses one that another user has made.
func (o owner) own(folders ...string) error {
	for _, name := range folders {
		if err := os.Mkdir(name, 0o700); err != nil && !os.IsExist(err) {
			return err
		} else if err == nil {
			if err := os.Lchown(name, int(o.credential.Uid), int(o.credential.Gid)); err != nil {
				return err
			}
		}
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		if by, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || by.Uid != o.credential.Uid {
			return fmt.Errorf("%s is not a folder of user %s; move it away", name, o.name)
		}
	}
	return nil
}
