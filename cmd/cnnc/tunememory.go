package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// freeMemory is what processes may still take, in bytes: what the system says is
// available, or what the control group leaves. 0 where that is not known.
func freeMemory() int64 {
	free := available("/proc/meminfo")
	limit, ok := readNumber("/sys/fs/cgroup/memory.max")
	used, ok2 := readNumber("/sys/fs/cgroup/memory.current")
	if ok && ok2 && limit > used && (free == 0 || limit-used < free) {
		free = limit - used
	}
	return free
}

// available reads the line MemAvailable of /proc/meminfo.
func available(name string) int64 {
	f, err := os.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}

func readNumber(name string) (int64, bool) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return n, err == nil // "max" is no limit
}
