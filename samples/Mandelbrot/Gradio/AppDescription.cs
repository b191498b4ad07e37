namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>
/// What <c>/config</c> and <c>/info</c> say. Component ids: 1 to 4 the inputs, 5 the picture, 6 its text, 7 and 8 the buttons.
/// </summary>
internal static class AppDescription
{
    public const string ApiPrefix = "/gradio_api";

    private const int PictureId = 5;
    private const int TextId = 6;
    private const int FirstButtonId = 7;
    private const int LastId = 8;

    /// <summary>Clients take a new id for a restart of the app. Below 2^53, so that JavaScript keeps every digit.</summary>
    public static readonly long AppId = Random.Shared.NextInt64(1L << 52);

    private static readonly int[] Inputs = [.. Enumerable.Range(1, PictureInputs.All.Count)];

    public static object Config(string root, long mostUploadBytes)
    {
        var ids = Enumerable.Range(1, LastId).ToArray();
        var layout = new { id = 0, children = ids.Select(id => new { id }).ToArray() };
        object[] dependencies = [.. GpuFunction.All.Select(Dependency)];
        return new
        {
            version = "5.49.1",
            api_prefix = ApiPrefix,
            mode = "blocks",
            app_id = AppId,
            dev_mode = false,
            analytics_enabled = false,
            components = Components(),
            css = (string?)null,
            connect_heartbeat = false,
            title = "Mandelbrot",
            space_id = (string?)null,
            enable_queue = true,
            show_error = true,
            is_colab = false,
            max_file_size = mostUploadBytes,
            theme = "default",
            protocol = "sse_v3",
            layout,
            pages = new[] { new object[] { "", "Home" } },
            page = new Dictionary<string, object>
            {
                [""] = new { layout, components = ids, dependencies = Enumerable.Range(0, dependencies.Length) },
            },
            dependencies,
            username = (string?)null,
            root,
        };
    }

    public static object Api()
    {
        object[] parameters = [.. PictureInputs.All.Select(Parameter)];
        object[] returns =
        [
            new
            {
                label = "Picture",
                type = FileSchema(),
                python_type = new { type = "str", description = "filepath" },
                component = "Image",
            },
            new
            {
                label = "About this run",
                type = new { type = "string" },
                python_type = new { type = "str", description = "" },
                component = "Textbox",
            },
        ];
        return new
        {
            named_endpoints = GpuFunction.All.ToDictionary(
                function => "/" + function.Name,
                function => new { parameters, returns, show_api = true, api_visibility = "public" }),
            unnamed_endpoints = new { },
        };
    }

    private static object[] Components() =>
    [
        .. PictureInputs.All.Select((input, index) => (object)new
        {
            id = index + 1,
            type = "number",
            props = new { label = input.Label, value = input.Default, show_label = true, visible = true, interactive = true, name = "number" },
            skip_api = false,
            api_info = new { type = "number" },
            example_inputs = input.Default,
        }),
        new
        {
            id = PictureId,
            type = "image",
            props = new { label = "Picture", show_label = true, visible = true, interactive = false, name = "image" },
            skip_api = false,
            api_info = FileSchema(),
        },
        new
        {
            id = TextId,
            type = "textbox",
            props = new { label = "About this run", show_label = true, visible = true, interactive = false, name = "textbox" },
            skip_api = false,
            api_info = new { type = "string" },
        },
        .. GpuFunction.All.Select((function, index) => (object)new
        {
            id = FirstButtonId + index,
            type = "button",
            props = new { value = function.Name, visible = true, interactive = true, name = "button" },
            skip_api = true,
        }),
    ];

    private static object Dependency(GpuFunction function, int index) => new
    {
        id = index,
        targets = new[] { new object[] { FirstButtonId + index, "click" } },
        inputs = Inputs,
        outputs = new[] { PictureId, TextId },
        backend_fn = true,
        js = (string?)null,
        queue = true,
        api_name = function.Name,
        scroll_to_output = false,
        show_progress = "full",
        batch = false,
        max_batch_size = 4,
        cancels = Array.Empty<int>(),
        types = new { generator = function.Streams, cancel = false },
        collects_event_data = false,
        trigger_after = (int?)null,
        trigger_only_on_success = false,
        trigger_mode = "once",
        show_api = true,
        api_visibility = "public",
        rendered_in = (int?)null,
        render_id = (int?)null,
        connection = "sse",
        time_limit = (int?)null,
        stream_every = 0.5,
    };

    private static object Parameter(PictureInput input) => new
    {
        label = input.Label,
        parameter_name = input.Name,
        parameter_has_default = true,
        parameter_default = input.Default,
        type = new { type = "number" },
        python_type = new { type = "float", description = "" },
        component = "Number",
        example_input = input.Default,
    };

    private static object FileSchema() => new
    {
        type = "object",
        title = "ImageData",
        properties = new
        {
            path = new { type = "string" },
            url = new { type = "string" },
            size = new { type = "integer" },
            orig_name = new { type = "string" },
            mime_type = new { type = "string" },
            is_stream = new { type = "boolean" },
            meta = new { type = "object" },
        },
    };
}
