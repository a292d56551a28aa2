package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Image is the folder of programs that a container image would have in
// /usr/local/bin, and the certificate authorities that it trusts.
type Image struct {
	Programs    string
	Authorities []byte
}

// The image's own user, which the official images have too.
const imageUser = "1000:1000"

// Machine runs containers. Names of other hosts, such as the database's, resolve
// to the addresses in Hosts.
type Machine struct {
	Network *Network
	Image   Image
	Hosts   map[string][]netip.Addr
	Folder  string
}

// Process is a container that runs.
type Process struct {
	Container
	Address netip.Addr
	space   string
	root    string
	logPath string
	done    chan struct{}

	mutex    sync.Mutex
	cmd      *exec.Cmd
	stopping bool
}

// Start starts all containers at once, as Compose and ECS do, after the init
// containers of each.
func (m *Machine) Start(containers []Container) ([]*Process, error) {
	names := map[string][]netip.Addr{}
	for name, addresses := range m.Hosts {
		names[name] = addresses
	}
	var processes []*Process
	for _, c := range containers {
		space, address, err := m.Network.AddHost()
		if err != nil {
			return nil, err
		}
		names[c.Host] = append(names[c.Host], address)
		names[c.Group] = append(names[c.Group], address)
		processes = append(processes, &Process{Container: c, Address: address, space: space})
	}
	for _, p := range processes {
		if err := m.startProcess(p, names); err != nil {
			return processes, fmt.Errorf("%s: %w", p.Host, err)
		}
	}
	return processes, nil
}

func (m *Machine) startProcess(p *Process, names map[string][]netip.Addr) error {
	p.root = filepath.Join(m.Folder, p.Host, "root")
	p.logPath = filepath.Join(m.Folder, p.Host, "log")
	// a container's own address is the first one of its name
	own := map[string][]netip.Addr{p.Host: {p.Address}}
	for name, addresses := range names {
		if name != p.Host {
			own[name] = addresses
		}
	}
	if err := m.makeRoot(p.root, own); err != nil {
		return err
	}
	for _, init := range p.Init {
		cmd, err := m.command(context.Background(), p, init, init.Command)
		if err != nil {
			return err
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("init container: %w: %s", err, out)
		}
	}
	log, err := os.Create(p.logPath)
	if err != nil {
		return err
	}
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		defer log.Close()
		for restarts := 0; ; restarts++ {
			if err := m.run(p, log); err != nil {
				fmt.Fprintln(log, err)
			}
			if !p.Restart || restarts == mostRestarts || p.stopped() {
				return
			}
			time.Sleep(time.Second)
		}
	}()
	return nil
}

// mostRestarts bounds the restarts of a container that keeps ending.
const mostRestarts = 3

// run runs the container until it ends.
func (m *Machine) run(p *Process, log *os.File) error {
	cmd, err := m.command(context.Background(), p, p.Container, p.Command)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	p.mutex.Lock()
	if p.stopping {
		p.mutex.Unlock()
		return nil
	}
	err = cmd.Start()
	p.cmd = cmd
	p.mutex.Unlock()
	if err != nil {
		return err
	}
	return cmd.Wait()
}

func (p *Process) stopped() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.stopping
}

// makeRoot lays out what every image has: system folders, a user, its certificate
// authorities, and /etc/temporal for the image's own user.
func (m *Machine) makeRoot(root string, names map[string][]netip.Addr) error {
	for _, folder := range []string{"usr", "proc", "dev", "tmp", "etc/ssl/certs", "etc/temporal", "run", "var/tmp", "home/temporal"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			return err
		}
	}
	for link, target := range map[string]string{"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o1777); err != nil {
		return err
	}
	if err := os.Chown(filepath.Join(root, "etc/temporal"), 1000, 1000); err != nil {
		return err
	}
	files := map[string]string{
		"etc/passwd":                        "root:x:0:0:root:/root:/bin/sh\ntemporal:x:1000:1000::/home/temporal:/bin/sh\n",
		"etc/group":                         "root:x:0:\ntemporal:x:1000:\n",
		"etc/nsswitch.conf":                 "hosts: files\n",
		"etc/ssl/certs/ca-certificates.crt": string(m.Image.Authorities),
	}
	for path, content := range files {
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return writeHosts(root, names)
}

// command returns a command that runs args in the namespaces of p as the
// container c states it.
func (m *Machine) command(ctx context.Context, p *Process, c Container, args []string) (*exec.Cmd, error) {
	if len(args) == 0 {
		return nil, errors.New("no command is stated, and the start script of an image is not run here")
	}
	var script strings.Builder
	bind := func(source, target string, readOnly bool) {
		fmt.Fprintf(&script, "mount --bind %s %s\n", quoteShell(source), quoteShell(target))
		if readOnly {
			fmt.Fprintf(&script, "mount -o remount,bind,ro %s\n", quoteShell(target))
		}
	}
	script.WriteString("set -e\n")
	bind("/usr", filepath.Join(p.root, "usr"), true)
	bind(m.Image.Programs, filepath.Join(p.root, "usr/local/bin"), true)
	bind("/dev", filepath.Join(p.root, "dev"), false)
	fmt.Fprintf(&script, "mount -t proc proc %s\n", quoteShell(filepath.Join(p.root, "proc")))
	for _, mount := range c.Mounts {
		target := filepath.Join(p.root, mount.Target)
		if err := makeMountPoint(mount.Source, target); err != nil {
			return nil, err
		}
		bind(mount.Source, target, mount.ReadOnly)
	}
	user := map[string]string{"": imageUser, "temporal": imageUser, "root": "0:0", "0": "0:0"}[c.User]
	if user == "" {
		user = c.User
	}
	fmt.Fprintf(&script, "exec chroot --userspec=%s %s \"$@\"\n", quoteShell(user), quoteShell(p.root))

	command := append([]string{"netns", "exec", p.space, "sh", "-c", script.String(), "sh"}, args...)
	cmd := exec.CommandContext(ctx, "ip", command...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Env = append([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOSTNAME=" + p.Host, "HOME=/home/temporal",
	}, c.Environment...)
	return cmd, nil
}

// makeMountPoint creates what the source is mounted on, as a container engine does.
func makeMountPoint(source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	if info.IsDir() {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

func quoteShell(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Check runs the health check of a container once.
func (m *Machine) Check(ctx context.Context, p *Process) error {
	cmd, err := m.command(ctx, p, p.Container, p.Health.Command)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("health check %v: %w: %s", p.Health.Command, err, out)
	}
	return nil
}

// Log returns what the container has printed.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	return string(bytes.ToValidUTF8(text, []byte("?")))
}

// Ended returns a channel that is closed when the container ends for good.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Stop ends the container with SIGTERM, as Docker does, and kills it after ten seconds.
func (p *Process) Stop() {
	if p.done == nil {
		return
	}
	p.mutex.Lock()
	p.stopping = true
	cmd := p.cmd
	p.mutex.Unlock()
	kill := func(signal syscall.Signal) {
		if cmd != nil && cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, signal)
		}
	}
	kill(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		kill(syscall.SIGKILL)
		<-p.done
	}
}
