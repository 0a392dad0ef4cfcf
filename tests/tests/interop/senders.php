<?php
// Deliveries as PHP signs them, one row of the conformance table for each. Written from the
// providers' pages, with nothing of hookgate's.

$now = 1700000000;
$secret = 'k€y with spaces, $HOME and \'quotes\'';
$url = 'https://hooks.example.com/in%20box/?tenant=1';
$body = "{\"type\":\"café é \\u00e9 \\/ \u{2028}\",\"t\":1.0,\"emoji\":\"🪝\"} \r\n";
$rows = [];

function sends(string $provider, array $headers, ?string $text = null, ?string $address = null): void
{
    global $rows, $now, $secret, $url, $body;
    $text ??= $body;
    foreach ([['as it is', $text, 'accept'], ['with a byte more', "$text ", 'reject']] as $case) {
        $pairs = [];
        foreach ($headers as $name => $value) {
            $pairs[] = [$name, (string) $value];
        }
        $rows[] = [
            'id' => "php as $provider, $case[0]",
            'provider' => $provider,
            'secrets' => [$secret],
            'now' => $now,
            'request' => [
                'method' => 'POST',
                'url' => $address ?? $url,
                'headers' => $pairs,
                'body_base64' => base64_encode($case[1]),
            ],
            'verdict' => $case[2],
        ];
    }
}

sends('vercel', ['x-vercel-signature' => hash_hmac('sha1', $body, $secret)]);
sends('paystack', ['x-paystack-signature' => hash_hmac('sha512', $body, $secret)]);
sends('shopify', ['x-shopify-hmac-sha256' => base64_encode(hash_hmac('sha256', $body, $secret, true))]);
sends('hubspot-v1', ['x-hubspot-signature' => hash('sha256', $secret . $body)]);
sends('sellsy', ['x-webhook-signature' => sha1($secret . $body)]);
sends('cloudinary', ['x-cld-timestamp' => $now, 'x-cld-signature' => sha1($body . $now . $secret)]);
sends('trello', ['x-trello-webhook' => base64_encode(hash_hmac('sha1', $body . $url, $secret, true))]);

// PHP's own parser, which keeps the last of several fields of one name.
$form = 'To=%2B18005550100&Body=caf%C3%A9+%26+100+%25&Empty=&a=lower&Digits=12';
parse_str($form, $fields);
ksort($fields, SORT_STRING);
$sorted = '';
foreach ($fields as $name => $value) {
    $sorted .= $name . $value;
}
foreach (['twilio' => 'x-twilio-signature', 'mandrill' => 'x-mandrill-signature'] as $provider => $header) {
    $headers = ['content-type' => 'application/x-www-form-urlencoded'];
    $headers[$header] = base64_encode(hash_hmac('sha1', $url . $sorted, $secret, true));
    sends($provider, $headers, $form);
}

$query = ['z' => 'last', 'a' => 'x+y z&é', 'm' => ''];
$address = 'https://hooks.example.com/?' . http_build_query($query);
ksort($query, SORT_STRING);
$signed = "$now\n" . http_build_query($query) . "\n" . hash('sha256', $body, true);
sends('messagebird-legacy', [
    'messagebird-request-timestamp' => $now,
    'messagebird-signature' => base64_encode(hash_hmac('sha256', $signed, $secret, true)),
], null, $address);

$flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_LINE_TERMINATORS;
$signed = json_encode(
    ['Body' => $body, 'EnvironmentName' => 'main', 'TimeStamp' => $now * 1000],
    $flags
);
$signature = base64_encode(hash_hmac('sha256', $signed, $secret, true));
sends('hygraph', ['gcms-signature' => "sign=$signature, env=main, t={$now}000"]);

echo json_encode($rows);
