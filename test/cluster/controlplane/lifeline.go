package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
)

// The variable that names the file descriptor of the lifeline: a pipe whose other end the starting process holds open.
const lifelineVariable = "KAITO_NATIVE_LIFELINE_FD"

// endWithLifeline ends this process when the lifeline closes, which the kernel does however the starting process ends
// (SIGKILL too). PR_SET_PDEATHSIG would do it on Linux only, and is tied to the starting thread instead of the process.
func endWithLifeline() {
	descriptor, err := strconv.Atoi(os.Getenv(lifelineVariable))
	if err != nil {
		return
	}
	os.Unsetenv(lifelineVariable)
	syscall.CloseOnExec(descriptor)
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(uintptr(descriptor), "lifeline"))
		fmt.Fprintln(os.Stderr, "controlplane: the process that started this one is gone")
		os.Exit(1)
	}()
}
