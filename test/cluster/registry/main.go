// Command registry is an OCI registry in memory (go-containerregistry's own) on a port of loopback. It asks for the user and
// the password in REGISTRY_USER and REGISTRY_PASSWORD where they are set.
package main

import (
	"crypto/subtle"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: registry PORT")
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], withPassword(registry.New())))
}

func withPassword(next http.Handler) http.Handler {
	wanted := os.Getenv("REGISTRY_USER") + ":" + os.Getenv("REGISTRY_PASSWORD")
	if wanted == ":" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(user+":"+password), []byte(wanted)) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	})
}
