import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AppApi;
import org.openapitools.client.model.AppRegisterRequest;

/** A walk by the client that openapi-generator made. Usage: Walk URL APP SECRET */
final class Walk {
    public static void main(String[] arguments) throws ApiException {
        var client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        client.setRequestInterceptor(request -> request.header("x-app-id", arguments[1]).header("x-app-secret", arguments[2]));
        var app = new AppApi(client);
        var email = "java-" + System.nanoTime() + "@example.com";
        var somebody = new AppRegisterRequest().email(email).password("secret123");

        var made = app.appRegister(somebody);
        var token = Map.of("authorization", "Bearer " + made.getToken());
        must(app.appMe(token).getUser().getActualInstance() != null, "the token is of the user who registered");
        try {
            app.appRegister(somebody);
            must(false, "the same address registers once");
        } catch (ApiException refused) {
            must(refused.getCode() == 400 && refused.getResponseBody().contains("error"), "a refusal says why");
        }
        app.appDeleteAccount(token);
    }

    private static void must(boolean holds, String what) {
        if (!holds) throw new IllegalStateException(what);
    }
}
