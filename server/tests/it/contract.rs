//! The published contract, read as a list of calls to try: what is new in it is tried by itself.

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tower::ServiceExt;

use crate::site::Site;

/// How long a live stream is listened to: its first message is there at once.
const LISTENED: Duration = Duration::from_millis(40);

/// One call of the contract.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// The schema of the body that it takes.
    pub body: Option<Value>,
    /// What may be asked in its query.
    pub query: Vec<String>,
    /// What it may answer.
    pub statuses: Vec<u16>,
}

/// The document and the calls in it.
#[derive(Debug)]
pub struct Contract {
    document: Value,
    pub operations: Vec<Operation>,
}

impl Contract {
    pub async fn of(site: &Site) -> Self {
        let document = site.get("/api/openapi.json").await.expect(200);
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                operations.push(Operation::read(method, path, operation));
            }
        }
        assert!(operations.len() > 30, "the document has {} calls", operations.len());
        Self { document, operations }
    }

    /// A schema, itself where it was referred to.
    pub fn resolve<'v>(&'v self, schema: &'v Value) -> &'v Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.document.pointer(reference.trim_start_matches('#')).unwrap();
        }
        // What may be null says so by a choice.
        let choices = ["oneOf", "anyOf", "allOf"].iter().find_map(|choice| schema[choice].as_array());
        let chosen = choices.and_then(|all| all.iter().find(|it| it["type"] != "null"));
        chosen.map_or(schema, |chosen| self.resolve(chosen))
    }

    /// The types that a value may have.
    pub fn types(&self, schema: &Value) -> Vec<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.types(self.document.pointer(reference.trim_start_matches('#')).unwrap());
        }
        if let Some(choices) = ["oneOf", "anyOf", "allOf"].iter().find_map(|choice| schema[choice].as_array())
        {
            return choices.iter().flat_map(|choice| self.types(choice)).collect();
        }
        match &schema["type"] {
            Value::String(name) => vec![name.clone()],
            Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => vec![],
        }
    }

    /// The fields of a body; empty when it is no object.
    pub fn fields(&self, schema: &Value) -> Map<String, Value> {
        self.resolve(schema)["properties"].as_object().cloned().unwrap_or_default()
    }

    pub fn requires(&self, schema: &Value, field: &str) -> bool {
        self.resolve(schema)["required"].as_array().is_some_and(|all| all.iter().any(|it| it == field))
    }

    /// A body that makes sense, with these values where a field has their name.
    pub fn example(&self, schema: &Value, known: &Map<String, Value>) -> Value {
        let fields = self.fields(schema);
        let needed =
            fields.iter().filter(|(name, _)| self.requires(schema, name) || known.contains_key(*name));
        let value = |(name, schema): (&String, &Value)| {
            (name.clone(), known.get(name).cloned().unwrap_or_else(|| self.some(name, schema, known)))
        };
        Value::Object(needed.map(value).collect())
    }

    fn some(&self, name: &str, schema: &Value, known: &Map<String, Value>) -> Value {
        let resolved = self.resolve(schema);
        let of_type = self.types(schema);
        if let Some(first) = resolved["enum"].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
        match of_type.iter().map(String::as_str).find(|it| *it != "null") {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([self.some(name, &resolved["items"], known)]),
            Some("object") => self.example(schema, known),
            _ if name.contains("email") => json!("ada@example.org"),
            _ if name.ends_with("date") => json!("2026-06-01"),
            _ if name.ends_with("currency") => json!("USD"),
            _ if name.ends_with("_at") => json!("2026-03-01T09:00:00.000Z"),
            _ => json!("Something"),
        }
    }
}

impl Operation {
    fn read(method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let asked = parameters.iter().filter(|it| it["in"] == "query");
        let responses = operation["responses"].as_object().unwrap();
        let body = operation.pointer("/requestBody/content/application~1json/schema");
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            body: body.cloned(),
            query: asked.map(|it| it["name"].as_str().unwrap().to_owned()).collect(),
            statuses: responses.keys().filter_map(|status| status.parse().ok()).collect(),
        }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The names of the parameters in its path.
    pub fn parameters(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// Its path with a value for every parameter.
    pub fn at(&self, value: impl Fn(&str) -> String) -> String {
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => value(name),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

/// What an answer says, a live stream's only as far as it says it at once.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub media_type: String,
    pub text: String,
}

/// Sends a request and listens to what comes of it.
pub async fn send(
    site: &Site,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: impl Into<Body>,
) -> Said {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, value);
    }
    let request = request.body(body.into()).unwrap();
    let response = site.running.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.map_or("", |value| value.to_str().unwrap()).to_owned();
    let mut bytes = Vec::new();
    let mut body = response.into_body();
    if media_type.starts_with("text/event-stream") {
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(LISTENED, body.frame()).await {
            bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
        }
    } else {
        bytes.extend_from_slice(&body.collect().await.unwrap().to_bytes());
    }
    Said { status, media_type, text: String::from_utf8_lossy(&bytes).into_owned() }
}
