// Offers h2 and http/1.1 with Go's crypto/tls: go run client.go ADDRESS.
package main

import (
	"crypto/tls"
	"os"
)

func main() {
	config := &tls.Config{ServerName: "go.example", NextProtos: []string{"h2", "http/1.1"}}
	if connection, err := tls.Dial("tcp", os.Args[1], config); err == nil {
		connection.Close()
	}
}
