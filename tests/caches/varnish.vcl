# Varnish as a cache in front of the registry, tested as it stands but for the port. It is told to leave codings to the registry:
#   varnishd -f varnish.vcl -a :8080 -p http_gzip_support=off
# The registry needs FORWARDED_ALLOW_IPS=127.0.0.1 (this machine) and PUBLIC_URL=https://… (how people reach it).
vcl 4.1;

backend registry {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    unset req.http.Cookie; # the registry has none; those of other sites of the domain would keep answers from being kept
    set req.hash_ignore_busy = true; # each asks for itself: an answer on its way to another may be older than a write

    # Few copies of an answer: what browsers write, in one word each. All other lists are let be.
    if (req.http.Accept-Encoding == "gzip, deflate, br, zstd") {
        set req.http.Accept-Encoding = "zstd";
    } elsif (req.http.Accept-Encoding == "gzip, deflate, br") {
        set req.http.Accept-Encoding = "br";
    }
    if (req.http.Origin) {
        set req.http.Origin = "https://any.example"; # all sites are answered alike
    }
}

sub vcl_hash {
    hash_data(req.http.X-Forwarded-Proto); # links start with it where there is no PUBLIC_URL
}

sub vcl_backend_response {
    set beresp.grace = 0s; # never older than it may be
    if (beresp.status == 200 && beresp.http.Cache-Control ~ "^public" && beresp.http.ETag) {
        set beresp.keep = 7d; # to ask whether it still holds
        if (beresp.http.Cache-Control ~ "no-cache") {
            set beresp.ttl = 0.001ms; # asked each time; with none at all, it would not be kept to ask
            return (deliver);
        }
    }
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.Cache-Status = "varnish; hit";
    }
}
