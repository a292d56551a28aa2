package cluster

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Network is a bridge of this machine with a network namespace for each
// container. Its addresses exist on this machine only.
type Network struct {
	bridge string
	prefix netip.Prefix
	// Gateway is this machine's own address on the bridge.
	Gateway netip.Addr
	next    netip.Addr
	spaces  []string
}

// OpenNetwork creates a bridge with this prefix. It needs root and iproute2.
func OpenNetwork(name string, prefix netip.Prefix) (*Network, error) {
	gateway := prefix.Addr().Next()
	n := &Network{bridge: name, prefix: prefix, Gateway: gateway, next: gateway.Next()}
	// a bridge of a run that was killed is in the way
	_ = runIP("link", "delete", name)
	for _, args := range [][]string{
		{"link", "add", name, "type", "bridge"},
		{"address", "add", netip.PrefixFrom(gateway, prefix.Bits()).String(), "dev", name},
		{"link", "set", name, "up"},
	} {
		if err := runIP(args...); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// AddHost creates a network namespace and returns its address.
func (n *Network) AddHost() (space string, address netip.Addr, err error) {
	number := len(n.spaces) + 1
	space = fmt.Sprintf("%s-%d", n.bridge, number)
	outer := fmt.Sprintf("%s.%d", n.bridge, number)
	address = n.next
	n.next = n.next.Next()
	if !n.prefix.Contains(address) {
		return "", netip.Addr{}, fmt.Errorf("no address left in %s", n.prefix)
	}
	_ = runIP("netns", "delete", space)
	for _, args := range [][]string{
		{"netns", "add", space},
		{"link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space},
		{"link", "set", outer, "master", n.bridge, "up"},
		{"-n", space, "address", "add", netip.PrefixFrom(address, n.prefix.Bits()).String(), "dev", "eth0"},
		{"-n", space, "link", "set", "eth0", "up"},
		{"-n", space, "link", "set", "lo", "up"},
	} {
		if err := runIP(args...); err != nil {
			return "", netip.Addr{}, err
		}
	}
	n.spaces = append(n.spaces, space)
	return space, address, nil
}

// Close removes the namespaces and the bridge.
func (n *Network) Close() error {
	for _, space := range n.spaces {
		if err := runIP("netns", "delete", space); err != nil {
			return err
		}
	}
	return runIP("link", "delete", n.bridge)
}

func runIP(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// writeHosts writes a hosts file: every name with its addresses.
func writeHosts(root string, names map[string][]netip.Addr) error {
	lines := []string{"127.0.0.1\tlocalhost"}
	for name, addresses := range names {
		for _, address := range addresses {
			lines = append(lines, address.String()+"\t"+name)
		}
	}
	return os.WriteFile(filepath.Join(root, "etc", "hosts"), []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}
