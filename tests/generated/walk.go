// A walk by the client that openapi-generator made. Usage: walk URL APP SECRET
package main

import (
	"context"
	"fmt"
	"latchet"
	"os"
	"time"
)

func must(holds bool, what string) {
	if !holds {
		fmt.Fprintln(os.Stderr, what)
		os.Exit(1)
	}
}

func main() {
	configuration := latchet.NewConfiguration()
	configuration.Servers = latchet.ServerConfigurations{{URL: os.Args[1]}}
	client := latchet.NewAPIClient(configuration)
	keys := map[string]latchet.APIKey{"appId": {Key: os.Args[2]}, "appSecret": {Key: os.Args[3]}}
	ctx := context.WithValue(context.Background(), latchet.ContextAPIKeys, keys)
	email := fmt.Sprintf("go-%d@example.com", time.Now().UnixNano())

	made, _, err := client.AppAPI.AppRegister(ctx).AppRegisterRequest(*latchet.NewAppRegisterRequest(email, "secret123")).Execute()
	must(err == nil, fmt.Sprint("register: ", err))

	user := context.WithValue(ctx, latchet.ContextAccessToken, made.GetToken())
	me, _, err := client.AppAPI.AppMe(user).Execute()
	must(err == nil && me != nil, fmt.Sprint("me: ", err))

	_, answer, err := client.AppAPI.AppRegister(ctx).AppRegisterRequest(*latchet.NewAppRegisterRequest(email, "secret123")).Execute()
	must(err != nil && answer.StatusCode == 400, "the same address registers once")

	_, _, err = client.AppAPI.AppDeleteAccount(user).Execute()
	must(err == nil, fmt.Sprint("delete: ", err))
}
