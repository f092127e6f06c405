// The list of addresses, drawn by Swagger UI from the portal's own schema. Nothing is sent anywhere else.
(function () {
  "use strict";
  var place = document.getElementById("api");
  if (!place || !window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    validatorUrl: null,
    withCredentials: false,
    persistAuthorization: false,
  });
})();
