package pglaunch

import (
	"fmt"
	"os"
	"sync"
)

// logMax is the size at which the log file is turned over; one old file is kept.
const logMax = 8 << 20

// rotatingLog is the server's log: at most 2 × max bytes on disk.
type rotatingLog struct {
	path string
	max  int64

	mu   sync.Mutex
	f    *os.File
	size int64
	tail []byte // the last lines, for error texts
}

func openLog(path string, max int64) (*rotatingLog, error) {
	l := &rotatingLog{path: path, max: max}
	return l, l.open()
}

func (l *rotatingLog) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the server's log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("opening the server's log: %w", err)
	}
	l.f, l.size = f, info.Size()
	return nil
}

// Write never returns an error: the server must not stop because its log is full.
func (l *rotatingLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const keep = 2000
	l.tail = append(l.tail, p...)
	if n := len(l.tail); n > keep {
		l.tail = append(l.tail[:0], l.tail[n-keep:]...)
	}
	if l.f != nil && l.size+int64(len(p)) > l.max {
		l.f.Close()
		l.f = nil
		if os.Rename(l.path, l.path+".1") == nil {
			_ = l.open() // without a file, lines are dropped until the next turn-over
		}
	}
	if l.f != nil {
		n, _ := l.f.Write(p)
		l.size += int64(n)
	}
	return len(p), nil
}

// lastWords are the newest lines written.
func (l *rotatingLog) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.tail)
}

func (l *rotatingLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		l.f.Close()
		l.f = nil
	}
}
