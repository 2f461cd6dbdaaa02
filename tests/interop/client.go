// Connects as it is told (PORT SNI VERSION OFFER, "-" for no extension) and prints what it saw as JSON. With a fifth
// argument, a path, it asks for that over HTTP with Go's own client, which negotiates by itself.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type seen struct {
	Selected    *string `json:"selected"`
	TLS         *string `json:"tls"`
	Alert       *int    `json:"alert"`
	Certificate *string `json:"certificate"`
	Body        string  `json:"body"`
}

func describe(state tls.ConnectionState) seen {
	sum := sha256.Sum256(state.PeerCertificates[0].Raw)
	certificate := hex.EncodeToString(sum[:])
	version := map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[state.Version]
	result := seen{TLS: &version, Certificate: &certificate}
	if state.NegotiatedProtocol != "" {
		result.Selected = &state.NegotiatedProtocol
	}
	return result
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	address := "127.0.0.1:" + os.Args[1]
	version := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[os.Args[3]]
	config := &tls.Config{
		InsecureSkipVerify: true, ServerName: os.Args[2], MinVersion: version, MaxVersion: version,
	}
	if os.Args[4] != "-" {
		config.NextProtos = strings.Split(os.Args[4], ",")
	}
	var result seen
	if len(os.Args) > 5 {
		transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: strings.Contains(os.Args[4], "h2")}
		client := http.Client{Transport: transport, Timeout: 20 * time.Second}
		response, err := client.Get("https://" + address + os.Args[5])
		if err != nil {
			fail(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			fail(err)
		}
		result = describe(*response.TLS)
		result.Body = string(body)
	} else {
		connection, err := tls.Dial("tcp", address, config)
		switch {
		case err == nil:
			result = describe(connection.ConnectionState())
			connection.Close()
		case strings.Contains(err.Error(), "tls: no application protocol"):
			// Go names the alert in words only.
			alert := 120
			result.Alert = &alert
		default:
			fail(err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}
