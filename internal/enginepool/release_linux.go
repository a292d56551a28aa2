package enginepool

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// releaseMemory returns free memory to the system, and the pages of the executable that were read for a value: 20 MB after
// CUE and Rego have been evaluated. Those that are still used are read again from the page cache.
func releaseMemory() {
	debug.FreeOSMemory()
	path, err := os.Executable()
	if err != nil {
		return
	}
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	var m mapping
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && !strings.HasSuffix(fields[0], ":"):
			m.release()
			m = parseMapping(fields, path)
		case len(fields) >= 2 && fields[0] == "Anonymous:":
			m.isUnchanged = fields[1] == "0"
		}
	}
	m.release()
}

// mapping is a part of a file in memory.
type mapping struct {
	start, end uintptr
	// isOurs means that it is a part of the executable that cannot be written
	isOurs bool
	// isUnchanged means that the file has the same, so that no page is lost
	isUnchanged bool
}

func parseMapping(fields []string, executable string) mapping {
	begin, finish, _ := strings.Cut(fields[0], "-")
	start, startErr := strconv.ParseUint(begin, 16, 64)
	end, endErr := strconv.ParseUint(finish, 16, 64)
	return mapping{
		start: uintptr(start), end: uintptr(end),
		isOurs: startErr == nil && endErr == nil && len(fields) == 6 && fields[5] == executable &&
			!strings.Contains(fields[1], "w") && strings.HasSuffix(fields[1], "p"),
	}
}

func (m mapping) release() {
	if m.isOurs && m.isUnchanged {
		// a failure changes nothing
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, syscall.MADV_DONTNEED)
	}
}
