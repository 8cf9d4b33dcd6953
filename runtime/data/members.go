package data

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A split by list: a text file names the members of a part, one a line. Pictures
// of folders and lists are named by their path below the source's folder, with
// slashes; drawings as class/number; everything else by its number, from 0.

// membered is a source whose examples have names that a list uses.
type membered interface{ member(i int) string }

func (f *folder) member(i int) string { return f.files.path(i) }

func (d *quickSet) member(i int) string {
	f, k := d.find(i)
	return d.names[f.class] + "/" + strconv.Itoa(k)
}

func memberName(s source, i int) string {
	if m, ok := s.(membered); ok {
		return m.member(i)
	}
	return strconv.Itoa(i)
}

// maxMember is the longest line of a list.
const maxMember = 1 << 14

// members reads the list and returns the examples of p that it names, ascending.
// Empty lines and those that begin with # are passed over.
func (p *part) members(path string) ([]int32, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at := make(map[string]int32, len(p.index))
	for _, i := range p.index {
		at[memberName(p.src.source, int(i))] = i
	}
	var index []int32
	line, seen := 0, map[int32]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 4096), maxMember)
	for lines.Scan() {
		line++
		b := lines.Bytes()
		if line == 1 {
			b = bytes.TrimPrefix(b, byteOrderMark)
		}
		name := strings.TrimSpace(string(b))
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		i, ok := at[cleanPath(name)]
		if !ok {
			return nil, fileErrorf(path, "line %d: no example %q; the first is called %q", line, name, memberName(p.src.source, int(p.index[0])))
		}
		if old, ok := seen[i]; ok {
			return nil, fileErrorf(path, "line %d: %q is in line %d already", line, name, old)
		}
		seen[i] = line
		index = append(index, i)
	}
	if err := lines.Err(); err != nil {
		return nil, &FileError{Path: path, Err: fmt.Errorf("line %d: %w", line+1, err)}
	}
	if len(index) == 0 {
		return nil, fileErrorf(path, "the list names no example")
	}
	slices.Sort(index)
	return index, nil
}

// takeMembers takes the members that lists name out of the classes.
func (p *part) takeMembers(path string, classes [][]int32, owner map[int32]string) ([]int32, error) {
	index, err := p.members(path)
	if err != nil {
		return nil, err
	}
	for _, i := range index {
		if other, ok := owner[i]; ok {
			return nil, fileErrorf(path, "%q is in %s as well", memberName(p.src.source, int(i)), other)
		}
		owner[i] = path
	}
	for k := range classes {
		classes[k] = slices.DeleteFunc(classes[k], func(i int32) bool { return owner[i] == path })
	}
	return index, nil
}
