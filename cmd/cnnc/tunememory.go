package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// freeMemory is what processes may still take, in bytes: what the system says is
// available, or what the control group leaves. 0 where that is not known, which is
// everywhere but on Linux: trials are then limited by --memory alone.
func freeMemory() int64 {
	free := available("/proc/meminfo")
	for _, group := range []struct{ limit, used string }{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		limit, ok := readNumber(group.limit)
		used, ok2 := readNumber(group.used)
		if ok && ok2 && limit > used && (free == 0 || limit-used < free) {
			free = limit - used
		}
	}
	return free
}

// sacrifice tells Linux to kill a trial, and not the search or something else of
// the user's, when the memory runs out. Elsewhere, or if it may not, it does nothing.
func sacrifice(pid int) {
	f, err := os.OpenFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = f.WriteString("800")
	_ = f.Close()
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
